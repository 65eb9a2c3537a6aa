# Other names of countries that a person may type; they are never shown. No name says to whom a
# place belongs: what is typed for it leads to the help lines that are safe there. The English words
# of the form are in the form itself.

c-country-US-words = USA | US | America | United States of America
c-country-GB-words = UK | Great Britain | Britain | England | Scotland | Wales | Northern Ireland
c-country-NL-words = Holland | The Netherlands
c-country-TR-words = Türkiye | Turkiye
c-country-KG-words = Kyrgyz Republic | Kirghizia
c-country-RU-words = Russian Federation
c-country-KR-words = Korea | Republic of Korea
c-country-VN-words = Viet Nam
c-country-LA-words = Lao
c-country-MM-words = Burma
c-country-AE-words = UAE | Emirates | Dubai | Abu Dhabi
c-country-HK-words = Hongkong
c-country-MO-words = Macao
c-country-CN-words = China | PRC | People's Republic of China | Tibet | East Turkistan | East Turkestan | Xinjiang | Inner Mongolia | Southern Mongolia
c-country-XX-words = Another country | Other | Not listed
